"""Errors that a person can act on. Every message says what was expected, what was found, where, and what to do."""


class SecondLookError(Exception):
    """Base of all errors that a page or the terminal shows as a message instead of a traceback."""

    def __init__(self, *, expected: str, found: str, where: str, todo: str) -> None:
        self.expected, self.found, self.where, self.todo = expected, found, where, todo
        super().__init__(f"{type(self).__name__}: expected {expected}; found {found} ({where}). {todo}")


class SourceNotFound(SecondLookError):
    """The folder or archive to import does not exist or cannot be read."""


class UnsafeArchive(SecondLookError):
    """The archive tries to write outside its folder, holds links, is encrypted or unpacks to far more than it holds."""


class BrokenArchive(SecondLookError):
    """The file is not a zip archive, or is damaged."""


class NameNotUsable(SecondLookError):
    """A data set or model name has characters that cannot be a folder name everywhere."""


class NameTaken(SecondLookError):
    """A data set of this name exists already."""


class DatasetNotFound(SecondLookError):
    """No data set of this name is on this machine."""


class DatasetHasNoImages(SecondLookError):
    """Nothing that looks like an image was found."""


class DatasetHasOneClass(SecondLookError):
    """Fewer than two class folders were found."""


class DatasetChanged(SecondLookError):
    """The files are no longer the ones that the index describes."""


class UnreadableImage(SecondLookError):
    """Bytes that are not an image that can be decoded."""


class SplitNotPossible(SecondLookError):
    """The images cannot be divided as asked."""


class RecipeNotUsable(SecondLookError):
    """A training setting is out of range."""


class UnknownArchitecture(SecondLookError):
    """The registry has no architecture of this key."""


class UnknownMethod(SecondLookError):
    """No method of explanation has this key."""


class HeatmapNotPossible(SecondLookError):
    """A network has nothing that a heatmap could be made from."""


class RunNotFound(SecondLookError):
    """No run of this id is on this machine."""


class RunBroken(SecondLookError):
    """A file of a run, a series or a background job is not what its readers rely on."""


class RunNotUsable(SecondLookError):
    """The run is in a state in which this cannot be done."""


class TrainingFailed(SecondLookError):
    """Training ended without a usable network."""


class MemoryShort(SecondLookError):
    """The system gives this process too little memory."""


class MemoryBusy(SecondLookError):
    """Too many large images are being read at once, and no room came in time."""


class ModelNotFound(SecondLookError):
    """No model of this id is listed."""


class ModelBroken(SecondLookError):
    """A model folder is incomplete, or its files are not the ones that its manifest names."""


class DiskFull(SecondLookError):
    """There is no room left where a file must be written."""


class JobNotStarted(SecondLookError):
    """A background job could not be started."""


class PredictionsNotUsable(SecondLookError):
    """The table of predictions of a model is absent, damaged, or lacks a column."""


class ClassesDiffer(SecondLookError):
    """The data set has classes that the model does not know."""


class AnswerNotFinite(SecondLookError):
    """The network answered with NaN or infinity, so there is nothing to show or to explain."""


class DatasetNotIndexed(SecondLookError):
    """The data set's folder is here, but nobody has read it yet."""


class DrawingNotPossible(SecondLookError):
    """The sample data set cannot be drawn with these numbers."""


class GroupRuleNotUsable(SecondLookError):
    """The rule that finds the group of an image in its file name is unknown, or its pattern cannot be used."""


class IndexBroken(SecondLookError):
    """The index of a data set is damaged or was written by another version."""


class ClassNotFound(SecondLookError):
    """The data set has no class of this name."""


class SourceNotUsable(SecondLookError):
    """The folder to import is, holds or lies in the place where data sets are kept."""


class HomeNotUsable(SecondLookError):
    """The folder that holds data and models cannot be written to."""


class CheckNotUsable(SecondLookError):
    """No check has this code, it cannot be muted, or what was kept about it is damaged."""


class SettingNotUsable(SecondLookError):
    """A setting of a filter or a view is out of range."""


class DownloadFailed(SecondLookError):
    """A file could not be fetched whole from its source, or is not the one that was expected."""


class MapNotPossible(SecondLookError):
    """The images cannot be laid out on a map: too few of them, or a model without the layer that is asked for."""


class SavedSplitNotUsable(SecondLookError):
    """A saved split is absent, damaged, or was made for another state of the data set."""


class GateNotPossible(SecondLookError):
    """Nothing tells which images a network knows, or too few images say it."""


class OnnxNotPossible(SecondLookError):
    """A network cannot be written as an ONNX file, or what was written does not answer as the network does."""


class ModelReplaced(SecondLookError):
    """Another model has taken the place of the one that was asked, under the same id."""


class ExportNotPossible(SecondLookError):
    """A model or a log cannot be written to this folder, or what was written does not answer as the model does."""


class WeightsNotFound(SecondLookError):
    """The ImageNet weights of a backbone are not on this machine and could not be fetched."""


class WeightsNotUsable(SecondLookError):
    """A file of weights is damaged, or belongs to another network."""


class SeriesNotFound(SecondLookError):
    """No series of runs of this id is on this machine."""


class ValidationNotEnough(SecondLookError):
    """The validation images are too few, or too much alike, to fit a temperature or to choose a limit by."""


class AimNotReachable(SecondLookError):
    """No threshold can be chosen for this aim, or the validation images are too few to tell whether one reaches it."""


class AddressNotUsable(SecondLookError):
    """A name or address by which the dashboard should be asked for is none."""


class UploadTooLarge(SecondLookError):
    """A file that came through the browser is larger than what this place takes."""


class AnswersNotFound(SecondLookError):
    """No answers to many images are kept under this id."""


class AnswersBroken(SecondLookError):
    """Answers that were kept are damaged, or were written by another version."""


class DatabaseNotUsable(SecondLookError):
    """The review database cannot be reached, or may not be written to."""


class DatabaseBroken(SecondLookError):
    """The review database is damaged, or is no such database."""


class DatabaseBusy(SecondLookError):
    """Somebody else has been writing into the review database for too long."""


class DatabaseNewer(SecondLookError):
    """A later version of this program made the tables of the review database."""


class CaseNotFound(SecondLookError):
    """The review database has no case of this number."""


class ReviewNotFound(SecondLookError):
    """The review database has no review of this name or number."""


class ReadingNotPossible(SecondLookError):
    """A reading cannot be taken: given already, too early, or of somebody who may not give it."""


class BackupNotPossible(SecondLookError):
    """There is nothing to back up, or something where a backup would go."""


class BackupBroken(SecondLookError):
    """A file is no backup of the review store, is damaged, or of another version."""


class VersionNotPossible(SecondLookError):
    """The next version of a data set cannot be made: nothing is new, or the split that it would go on with leaks."""


class PromotionRefused(SecondLookError):
    """A challenger may not take the champion's place, or there is nobody to go back to."""


class CaseBroken(SecondLookError):
    """The image of a case is gone, or is another one."""
